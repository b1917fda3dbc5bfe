import type { Dice } from './dice.js';
import type { CellKey } from './scripted-cloud.js';

/** How a cell changes between two rounds, and how often in 100. */
const EVOLUTIONS = [
  ['stays', 25],
  ['a little', 45],
  ['grows', 14],
  ['shrinks', 10],
  ['is empty', 6],
] as const;

/** What a cell had once: ids come back, and versions go on where they were. */
export type Past = Map<string, number>;

/** What a cell has at first. */
export function beginTruth(key: CellKey, cell: Map<string, number>, past: Past, dice: Dice): void {
  for (let index = dice.between(`${key} at first`, 0, 22); index > 0; index -= 1) {
    const id = `i${String(past.size)}`;
    past.set(id, 1);
    cell.set(id, 1);
  }
}

/** Changes what a cell has: creates, updates, deletes, brings back; sometimes more than the prune guard allows. */
export function evolveTruth(key: CellKey, cell: Map<string, number>, past: Past, dice: Dice): string {
  const how = dice.weighted(`${key} evolves`, EVOLUTIONS);
  const before = cell.size;
  const number = (what: string, most: number) => dice.between(`${key} ${what}`, 0, most);
  const remove = (share: number) => {
    for (const id of [...cell.keys()]) if (dice.chance(`${key} loses ${id}`, share)) cell.delete(id);
  };
  const create = (count: number) => {
    for (let made = 0; made < count; made += 1) {
      const id = `i${String(past.size)}`;
      past.set(id, 1);
      cell.set(id, 1);
    }
  };
  switch (how) {
    case 'stays':
      break;
    case 'a little':
      remove(0.1);
      for (const [id, version] of [...cell]) {
        if (dice.chance(`${key} updates ${id}`, 0.2)) change(id, version + 1);
      }
      for (const [id, version] of [...past]) {
        if (!cell.has(id) && dice.chance(`${key} brings back ${id}`, 0.15)) {
          change(id, version + number(`newer ${id}`, 1));
        }
      }
      create(number('creates', 3));
      break;
    case 'grows':
      create(5 + number('grows by', 9));
      break;
    case 'shrinks':
      remove(0.6);
      break;
    case 'is empty':
      cell.clear();
      break;
  }
  return `${key} ${how}: ${String(before)} → ${String(cell.size)}`;

  function change(id: string, version: number): void {
    past.set(id, version);
    cell.set(id, version);
  }
}
