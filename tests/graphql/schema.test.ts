import { readFile } from 'node:fs/promises';
import { buildSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { printSortedSchema } from '../../src/graphql/print-schema.ts';

const sdl = await readFile('schema.graphql', 'utf8');

test('schema.graphql is what the code builds', () => {
  expect(printSortedSchema()).toBe(sdl);
});

test('every type, field, argument and value is described', () => {
  const undescribed: string[] = [];
  const check = (path: string, { description }: { description?: string | null }) => {
    if (!description) undescribed.push(path);
  };
  for (const type of Object.values(buildSchema(sdl).getTypeMap())) {
    if (type.name.startsWith('__') || ['Boolean', 'Float', 'ID', 'Int', 'String'].includes(type.name))
      continue;
    check(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field);
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field);
        for (const arg of field.args) check(`${type.name}.${field.name}(${arg.name})`, arg);
      }
    }
  }
  expect(undescribed).toEqual([]);
});
