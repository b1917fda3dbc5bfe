import { uuidOf } from '../../seeded-random.js';
import {
  type Collection,
  compareIds,
  type OpenstackEstate,
  type SimulatedItem,
  type SimulatedProject,
} from '../openstack-estate.js';
import { serverDocument } from './estate-builder.js';

const SERVER_IDS = 0x5e;
const PROJECT: SimulatedProject = { id: uuidOf(0x09, 1).replaceAll('-', ''), name: 'admin', enabled: true };

/** As many servers as wanted. Their ids are kept; a document is made when it is read. */
export class PlainEstate implements OpenstackEstate {
  readonly projects = [PROJECT];
  private readonly servers: readonly SimulatedItem[];

  constructor(servers: number) {
    this.servers = Array.from({ length: servers }, (_, number) => serverAt(number)).sort(compareIds);
  }

  items(collection: Collection): readonly SimulatedItem[] {
    return collection === 'servers' ? this.servers : [];
  }
}

function serverAt(number: number): SimulatedItem {
  const id = uuidOf(SERVER_IDS, number);
  return {
    id,
    region: 'RegionOne',
    owner: PROJECT.id,
    isShared: false,
    get document() {
      const name = `vm-${String(number).padStart(8, '0')}`;
      const status = number % 20 === 0 ? 'SHUTOFF' : 'ACTIVE';
      return serverDocument(
        id,
        { project: PROJECT.id, name, number },
        { status, metadata: { estate: 'plain' } },
      );
    },
  };
}
