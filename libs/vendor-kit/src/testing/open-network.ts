import { VendorNetwork } from '../network/vendor-network.js';

/** Lets peers on this machine be called. */
export const openNetwork = new VendorNetwork(['127.0.0.0/8', '::1']);
