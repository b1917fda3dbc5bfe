import { list, text } from '../soap/shape.js';
import { defineVsphereTable } from '../vsphere-table.js';

/** Folders, the root folder among them. Datastore clusters have a table of their own. */
export const folders = defineVsphereTable({
  type: 'folders',
  managedTypes: ['Folder'],
  withRootFolder: true,
  properties: { childType: list(text) },

  describe: ({ properties: folder }) => ({
    status: 'available',
    relations: [['contained_in', folder.parent]],
  }),
});
