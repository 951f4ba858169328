import { Anchor, Code, Text } from '@mantine/core';
import { nameOf, schemaId, type Schema } from './document.ts';
import { Prose } from './prose.tsx';
import { boundsOf, typeText, variantsOf } from './schema-words.ts';

/** What a value may be: its type, what is checked of it, and what it has, as nested lists. */
export function SchemaView({ schema, isOptional }: { schema: Schema; isOptional?: boolean | undefined }) {
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return (
      <>
        <Anchor href={`#${schemaId(name)}`}>{name}</Anchor>
        {isOptional && (
          <Text span c="dimmed">
            , may be left out
          </Text>
        )}
        {schema.description && <Description text={schema.description} />}
      </>
    );
  }
  const variants = variantsOf(schema);
  const { items, additionalProperties: others } = schema;
  const says = [
    typeText(schema) || (variants.length > 0 ? 'any of' : 'any value'),
    ...(isOptional ? ['may be left out'] : []),
  ];
  return (
    <>
      <Text span c="dimmed">
        {[...says, ...boundsOf(schema)].join(', ')}
      </Text>
      {schema.description && <Description text={schema.description} />}
      {schema.properties && <Properties schema={schema} />}
      {items && <Inner of={[{ label: 'each', schema: items }]} />}
      {typeof others === 'object' && Object.keys(others).length > 0 && (
        <Inner of={[{ label: schema.properties ? 'each other field' : 'each field', schema: others }]} />
      )}
      {variants.length > 0 && <Inner of={variants.map((one) => ({ label: '', schema: one }))} />}
    </>
  );
}

const Description = ({ text }: { text: string }) => (
  <div>
    <Prose text={text} />
  </div>
);

function Properties({ schema: { properties = {}, required = [] } }: { schema: Schema }) {
  return (
    <ul className="fields">
      {Object.entries(properties).map(([name, one]) => (
        <li key={name}>
          <Code>{name}</Code> <SchemaView schema={one} isOptional={!required.includes(name)} />
        </li>
      ))}
    </ul>
  );
}

function Inner({ of }: { of: { label: string; schema: Schema }[] }) {
  return (
    <ul className="fields">
      {of.map(({ label, schema }, i) => (
        <li key={`${i} ${label}`}>
          {label && `${label}: `}
          <SchemaView schema={schema} />
        </li>
      ))}
    </ul>
  );
}
