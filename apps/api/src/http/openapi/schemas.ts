import { VENDOR_CATALOG } from '#vendors/catalog';

const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** Any JSON, in a property of a DTO: there is no TypeScript type that would say it. */
export const AnyJson = { anyOf: [schema('AnyJson')] };

/** What {@link AnyJson} refers to. */
export const ANY_JSON = { description: 'Any JSON value.' };

/** An object of whatever fields. */
export const AnyObject = { type: 'object', additionalProperties: true } as const;

/** An account's settings: those of one of the vendors. */
export const Settings = { anyOf: VENDOR_CATALOG.map(({ settings }) => schema(settings.name)) };
