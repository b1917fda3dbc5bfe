/**
 * The typed client. By its path, as nowhere else: the CLI is a package of its own, in which `#client` would be looked
 * up in a package.json that has none; the folders beside each other are the same in the sources, the build and the package.
 */
export {
  createMusterClient,
  type MusterClient,
  MusterError,
  type Schemas,
} from '../../../libs/client/src/index.js';
