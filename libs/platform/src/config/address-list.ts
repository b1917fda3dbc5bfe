import { ValidateBy } from 'class-validator';
import ipaddr from 'ipaddr.js';

import { parseCommaList } from './comma-list.js';

/** An environment variable that holds addresses and networks, separated by commas; none is fine. */
export function AddressList(): PropertyDecorator {
  return ValidateBy({
    name: 'addressList',
    validator: {
      validate: (text) => typeof text === 'string' && parseCommaList(text).every(isAddressOrNetwork),
      defaultMessage: () => 'must be IP addresses or networks such as 10.0.0.0/8, separated by commas',
    },
  });
}

/** IPv4 with all of its four numbers: `10.1` and `0x0a.0.0.1` would be others than they look like. */
function isAddressOrNetwork(item: string): boolean {
  const [address = '', ...prefix] = item.split('/');
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  return prefix.length === 0 || ipaddr.isValidCIDR(item);
}
