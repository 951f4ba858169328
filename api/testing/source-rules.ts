import { parseSync } from '@swc/core';

/** A node of a syntax tree, as far as the rules look at it. */
interface Node {
  type: string;
  [field: string]: unknown;
}
const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string';

/** All nodes below, outer ones first. */
function nodesIn(tree: unknown): Node[] {
  const found: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      if (isNode(value)) found.push(value);
      Object.values(value).forEach(visit);
    }
  };
  visit(tree);
  return found;
}
const nodesOf = (source: string, isTsx: boolean) =>
  nodesIn(parseSync(source, { syntax: 'typescript', tsx: isTsx, target: 'es2024' }));

/** How statements begin, and the parts they are made of. */
const SQL =
  /^\s*(select|insert\s+into|update\s+\S+\s+set|delete\s+from|with\s+\w+\s+as|(create|alter|drop)\s+(role|table|database|index|policy|function)|truncate|grant|revoke|set\s+(local|session|role)|lock\s+table|where|order\s+by|limit)\b/i;
/** What takes a statement. `query` may be given `{ text }`, `pageQuery` conditions whose first item is text. */
const ASKS = new Set(['execute', 'query']);
/** What makes a statement out of a name and its text; what runs one then takes nothing else. */
const PREPARES = new Set(['statement', 'change']);
const CONSTANT = /^[A-Z][A-Z0-9_]*$/;

const textOf = (template: Node) =>
  (template['quasis'] as { cooked?: string; raw: string }[]).map(({ raw }) => raw).join('?');
const calleeName = ({ callee }: Node): string => {
  const { type, value, property } = callee as Node;
  return type === 'MemberExpression' ? String((property as Node)['value']) : String(value);
};
const isText = ({ type }: Node) => type === 'StringLiteral' || type === 'TemplateLiteral';

/** What may stand in a statement beside what is written there: constants, a choice of texts, and places for values. */
function isFixed(node: Node): boolean {
  if (node.type === 'ParenthesisExpression' || node.type === 'TsAsExpression')
    return isFixed(node['expression'] as Node);
  if (node.type === 'StringLiteral' || node.type === 'NumericLiteral') return true;
  if (node.type === 'Identifier') return CONSTANT.test(String(node['value']));
  if (node.type === 'TemplateLiteral') return (node['expressions'] as Node[]).every(isFixed);
  if (node.type === 'ConditionalExpression')
    return isFixed(node['consequent'] as Node) && isFixed(node['alternate'] as Node);
  if (node.type === 'CallExpression' && /^escape(Literal|Identifier)$/.test(calleeName(node))) return true;
  // ids.map(() => '?').join(', ')
  const joined = node.type === 'CallExpression' && calleeName(node) === 'join' && (node['callee'] as Node)['object'];
  if (!isNode(joined) || joined.type !== 'CallExpression' || calleeName(joined) !== 'map') return false;
  const [each] = joined['arguments'] as { expression: Node }[];
  return isNode(each?.expression['body']) && isFixed(each.expression['body']);
}

/** Statements that are put together from something else than fixed text, by how they begin (IN-07). */
export function composedSql(source: string, isTsx = false): string[] {
  return nodesOf(source, isTsx).flatMap((node) => {
    if (node.type === 'TemplateLiteral' && SQL.test(textOf(node)))
      return isFixed(node) ? [] : [textOf(node).trim().slice(0, 60)];
    if (node.type === 'BinaryExpression' && node['operator'] === '+') {
      const left = node['left'] as Node;
      const text =
        left.type === 'StringLiteral' ? String(left['value']) : left.type === 'TemplateLiteral' ? textOf(left) : '';
      return SQL.test(text) && !isText(node['right'] as Node) ? [text.trim().slice(0, 60)] : [];
    }
    if (node.type !== 'CallExpression') return [];
    if (calleeName(node) === 'pageQuery') {
      // Of a condition the first is text; the others are its values.
      const conditions = nodesIn(node['arguments']).filter(({ type }) => type === 'ArrayExpression');
      const texts = conditions.flatMap(
        ({ elements }) => (elements as ({ expression: Node } | null)[])[0]?.expression ?? [],
      );
      return texts
        .filter((text) => text.type === 'TemplateLiteral' && !isFixed(text))
        .map((text) => textOf(text).trim());
    }
    const isMember = (node['callee'] as Node).type === 'MemberExpression';
    const [first, second] = node['arguments'] as { expression: Node }[];
    if (!isMember && PREPARES.has(calleeName(node)) && second && !isFixed(second.expression))
      return [`${calleeName(node)}(${second.expression['value'] ?? second.expression.type})`];
    // The function of that name, `query(orm, STATEMENT)`, takes what was prepared.
    if (!ASKS.has(calleeName(node)) || (!isMember && calleeName(node) === 'query')) return [];
    if (!first || isText(first.expression)) return [];
    const statement = first.expression.type === 'ObjectExpression' ? textField(first.expression) : first.expression;
    if (!statement || isFixed(statement)) return [];
    // What pageQuery made, of parts that are looked at above.
    if (statement['value'] === 'sql' && source.includes('const [sql, values] = pageQuery(')) return [];
    return [`${calleeName(node)}(${statement['value'] ?? statement.type})`];
  });
}

/** `text` of `query({ text })`; nothing for a call of another kind of thing. */
const textField = (object: Node): Node | undefined =>
  (object['properties'] as Node[]).find(({ key }) => (key as Node | undefined)?.['value'] === 'text')?.['value'] as
    | Node
    | undefined;

const FORBIDDEN_CALLS = /^(eval|Function|exec|execSync|setInnerHTML|insertAdjacentHTML|createContextualFragment)$/;

/** Ways to make text into a program or a page: shells, `eval` and its kin, HTML as it stands (IN-07). */
export function dangerous(source: string, isTsx = false): string[] {
  return nodesOf(source, isTsx).flatMap((node) => {
    if (node.type === 'ImportDeclaration') {
      const module = String((node['source'] as Node)['value']);
      const names = (node['specifiers'] as Node[]).map((one) =>
        String(((one['imported'] ?? one['local']) as Node)['value']),
      );
      if (/^(node:)?vm$/.test(module)) return ['import of vm'];
      if (/^(node:)?child_process$/.test(module))
        return names.filter((name) => /^exec(Sync)?$/.test(name)).map((name) => `import of ${name}`);
    }
    if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      const { type } = node['callee'] as Node;
      const name = calleeName(node);
      // A pattern's `exec` is a member; those of child_process are caught where they are imported.
      if (type === 'Identifier' && FORBIDDEN_CALLS.test(name)) return [`${name}()`];
      if (type === 'MemberExpression' && /HTML|Fragment/.test(name) && FORBIDDEN_CALLS.test(name)) return [`${name}()`];
      const [first] = (node['arguments'] as { expression: Node }[]) ?? [];
      if (/^set(Timeout|Interval)$/.test(name) && first && isText(first.expression)) return [`${name}(text)`];
    }
    if (node.type === 'KeyValueProperty') {
      const { value } = node['key'] as Node;
      const off = (node['value'] as Node)['value'] === false;
      if (value === 'shell' && !off) return ['shell'];
      if (value === 'dangerouslySetInnerHTML') return ['dangerouslySetInnerHTML'];
    }
    if (node.type === 'JSXAttribute' && (node['name'] as Node)['value'] === 'dangerouslySetInnerHTML')
      return ['dangerouslySetInnerHTML'];
    if (node.type === 'AssignmentExpression') {
      const { property } = node['left'] as { property?: Node };
      if (/^(inner|outer)HTML$/.test(String(property?.['value']))) return [String(property?.['value'])];
    }
    return [];
  });
}
