import { isObject, ValidateBy } from 'class-validator';

/** A setting that is an object, or a text of at most so many characters that holds it as YAML. */
export function IsObjectOrYaml(maxCharacters: number, message: string): PropertyDecorator {
  const isOne = (value: unknown) =>
    isObject(value) || (typeof value === 'string' && value.length <= maxCharacters);
  return ValidateBy(
    { name: 'isObjectOrYaml', constraints: [maxCharacters], validator: { validate: isOne } },
    { message },
  );
}
