import { readTiming } from '#sync';
import { type AccountSettings, isTypeChosen, type VendorManifest } from '#vendor-kit';

import { ApiError } from '../http/api-error.js';
import { checkInput } from '../http/check-input.js';
import { parseAs } from '../http/validation.js';

/** So many of a vendor's types fit into a message. */
const MAX_TYPES_SHOWN = 12;

/**
 * An account's settings, as its vendor has them.
 * @throws {ApiError} that names each wrong field
 */
export async function parseSettings(manifest: VendorManifest, settings: object): Promise<AccountSettings> {
  const parsed = await parseAs(manifest.settings, settings, 'settings');
  // What a text was read into has not been looked at yet.
  checkInput({ settings: parsed });
  const { vendor, hasRegions, resourceTypes } = manifest;
  const problems: string[] = [];
  for (const list of ['include', 'exclude'] as const) {
    const unknown = parsed.resource_types?.[list]?.filter((type) => !resourceTypes.includes(type)) ?? [];
    if (unknown.length > 0) problems.push(describeUnknownTypes(manifest, list, unknown));
  }
  if (problems.length === 0 && !resourceTypes.some((type) => isTypeChosen(type, parsed))) {
    problems.push(`settings.resource_types leaves no type of ${vendor} to list`);
  }
  if (!hasRegions && parsed.regions !== undefined) {
    problems.push(`settings.regions cannot be set: ${vendor} has no regions`);
  }
  problems.push(...describeScheduleProblems(parsed));
  if (problems.length > 0) throw new ApiError('invalidParameter', problems.join('; '));
  return parsed;
}

function describeScheduleProblems({ schedule }: AccountSettings): string[] {
  if (schedule === undefined || schedule === null) return [];
  const timing = readTiming(schedule);
  return 'problems' in timing ? timing.problems.map((problem) => `settings.schedule.${problem}`) : [];
}

function describeUnknownTypes(
  { vendor, resourceTypes }: VendorManifest,
  list: string,
  unknown: readonly string[],
): string {
  const shown = resourceTypes.slice(0, MAX_TYPES_SHOWN);
  const more = resourceTypes.length > shown.length ? ', …' : '';
  return `settings.resource_types.${list}: ${vendor} has no type ${unknown[0] ?? ''} (known: ${shown.join(', ')}${more})`;
}
