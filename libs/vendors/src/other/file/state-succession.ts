import { FormatError } from './found-record.js';
import { RootMembers } from './root-members.js';

/** More than any of the values that a state begins with. */
const MAX_VALUE_CHARACTERS = 4_096;

/** Which state of which configuration a document is, as far as its beginning says. */
export interface StateVersion {
  /** What Terraform calls a configuration's states together: another one's are others'. */
  lineage?: string;
  /** Counts a lineage's states. */
  serial?: number;
}

/**
 * Why a state may not take another's place, by how both begin, as Terraform itself refuses to push it: it is of another
 * lineage, or older. Undefined where it may, and where either doesn't say.
 */
export function refusalOfState(former: string, next: string): string | undefined {
  const [old, young] = [stateVersion(former), stateVersion(next)];
  if (old.lineage !== undefined && young.lineage !== undefined && old.lineage !== young.lineage) {
    return (
      `The state is of another lineage, ${shown(young.lineage)}, than the one that the account has, ` +
      `${shown(old.lineage)}: it is another configuration's.`
    );
  }
  if (old.serial !== undefined && young.serial !== undefined && young.serial < old.serial) {
    return `The state is older than the one that the account has: its serial is ${String(young.serial)}, and that one's ${String(old.serial)}.`;
  }
  return undefined;
}

/** Reads what a state begins with: Terraform writes both before anything large. */
export function stateVersion(beginning: string): StateVersion {
  const version: StateVersion = {};
  try {
    for (const { name, value } of new RootMembers('resources', MAX_VALUE_CHARACTERS).take(beginning)) {
      if (name === 'resources') break;
      if (name === 'lineage' && typeof value === 'string') version.lineage = value;
      if (name === 'serial' && typeof value === 'number') version.serial = value;
    }
  } catch (error) {
    // What is no state is told to who lists it.
    if (!(error instanceof FormatError)) throw error;
  }
  return version;
}

const MAX_SHOWN_CHARACTERS = 64;

function shown(lineage: string): string {
  return lineage.length > MAX_SHOWN_CHARACTERS ? `${lineage.slice(0, MAX_SHOWN_CHARACTERS)}…` : lineage;
}
