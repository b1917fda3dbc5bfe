import type { CustomField } from '../model/inventory.js';
import type { ManagedEntity } from '../model/managed-object.js';
import { escapeXml } from '../soap/vim-xml.js';
import type { VimFields } from './vim-property.js';
import { arrayOf, boolean, enumeration, reference, references, text } from './vim-property.js';

function customValues(entity: ManagedEntity, tag: string): string {
  let xml = '';
  for (const [key, value] of entity.customValues ?? []) {
    xml += `<${tag} xsi:type="CustomFieldStringValue"><key>${key}</key><value>${escapeXml(value)}</value></${tag}>`;
  }
  return xml;
}

/** The definition of one custom attribute, as an element. */
export function customFieldDef({ key, name, managedObjectType }: CustomField, tag: string): string {
  return (
    `<${tag}><key>${key}</key><name>${escapeXml(name)}</name><type>string</type>` +
    `${managedObjectType === undefined ? '' : `<managedObjectType>${managedObjectType}</managedObjectType>`}</${tag}>`
  );
}

function availableFields(fields: readonly CustomField[], entity: ManagedEntity, tag: string): string {
  return fields
    .filter((field) => field.managedObjectType === undefined || field.managedObjectType === entity.type)
    .map((field) => customFieldDef(field, tag))
    .join('');
}

/** What every inventory object has. */
export function managedEntityFields(customFields: readonly CustomField[]): VimFields<ManagedEntity> {
  return {
    value: arrayOf('CustomFieldValue', customValues),
    availableField: arrayOf('CustomFieldDef', (entity, tag) => availableFields(customFields, entity, tag)),
    parent: reference((entity) => entity.parent),
    customValue: arrayOf('CustomFieldValue', customValues),
    overallStatus: enumeration('ManagedEntityStatus', () => 'green'),
    configStatus: enumeration('ManagedEntityStatus', () => 'green'),
    effectiveRole: arrayOf('int', (_entity, tag) => `<${tag}>-1</${tag}>`),
    name: text((entity) => entity.name),
    recentTask: references(() => []),
    alarmActionsEnabled: boolean(() => true),
  };
}
