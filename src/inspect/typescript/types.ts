import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Project, ts } from 'ts-morph';
import type { JsonSchema, Made, SchemaType } from '../../model/index.js';

/** What a type says: data, something with methods that stands for a collaborator, or neither. */
export type Shape =
  | { kind: 'data'; schema: JsonSchema; type: string; made?: Made }
  | { kind: 'collaborator'; type: string; file: string; methods: Record<string, TypedMethod> }
  | { kind: 'other'; type: string };

/** A parameter as its type says it. */
export type Typed = { name: string; optional: boolean } & Shape;

export interface TypedMethod {
  /** What it gives, or resolves to; `{}` where the type says nothing. */
  schema: JsonSchema;
  made?: Made;
  isAsync: boolean;
}

const deepest = 5;

/** Asks the type checker about single functions. One program a service, made on first use. */
export class Types {
  private readonly programs = new Map<string, ts.Program>();

  constructor(private readonly root: string) {}

  /** The parameters of the function that begins at `start` of a file. Undefined: there is none. */
  parameters(file: string, start: number): Typed[] | undefined {
    const program = this.program(file);
    const source = program.getSourceFile(path.join(this.root, file));
    if (!source) return undefined;
    const node = functionAt(source, start);
    if (!node) return undefined;
    const checker = program.getTypeChecker();
    return node.parameters
      .filter((one) => !(ts.isIdentifier(one.name) && one.name.text === 'this'))
      .map((parameter, index) => {
        const type = checker.getTypeAtLocation(parameter);
        const name = ts.isIdentifier(parameter.name) ? parameter.name.text : nameOfType(type, index);
        const optional = !!parameter.questionToken || !!parameter.initializer;
        return { name, optional, ...this.shape(checker, checker.getNonNullableType(type), type, parameter) };
      });
  }

  /** What the function that begins at `start` of a file gives. Undefined: there is none. */
  result(file: string, start: number): TypedMethod | undefined {
    const program = this.program(file);
    const source = program.getSourceFile(path.join(this.root, file));
    const node = source && functionAt(source, start);
    const signature = node && program.getTypeChecker().getSignatureFromDeclaration(node);
    return signature && node ? methodOf(program.getTypeChecker(), signature, node) : undefined;
  }

  private shape(checker: ts.TypeChecker, type: ts.Type, declared: ts.Type, node: ts.Node): Shape {
    const text = checker.typeToString(type, node, ts.TypeFormatFlags.NoTruncation);
    const schema = schemaOf(checker, declared, node, 0);
    if (schema) return { kind: 'data', schema, type: text };
    const methods = methodsOf(checker, type, node);
    const symbol = type.aliasSymbol ?? type.getSymbol();
    const from = symbol?.declarations?.[0]?.getSourceFile().fileName;
    if (!methods || from === undefined || from.includes('/node_modules/')) return { kind: 'other', type: text };
    const file = path.relative(this.root, from).split(path.sep).join('/');
    return { kind: 'collaborator', type: symbol?.name ?? text, file, methods };
  }

  /** Through ts-morph, which brings the language's own declarations along. */
  private program(file: string): ts.Program {
    let program = this.programs.get(file);
    if (!program) {
      const compilerOptions = { ...this.options(), noEmit: true, skipLibCheck: true, allowJs: true };
      const project = new Project({ compilerOptions });
      project.addSourceFileAtPathIfExists(path.join(this.root, file));
      project.resolveSourceFileDependencies();
      program = project.getProgram().compilerObject;
      this.programs.set(file, program);
    }
    return program;
  }

  private options(): ts.CompilerOptions {
    const file = path.join(this.root, 'tsconfig.json');
    const read = ts.readConfigFile(file, (name) => {
      try {
        return readFileSync(name, 'utf8');
      } catch {
        return undefined;
      }
    });
    if (read.error) return { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, strict: true };
    return ts.parseJsonConfigFileContent({ ...(read.config as object), files: [], include: [] }, ts.sys, this.root)
      .options;
  }
}

type Parameterized = ts.SignatureDeclaration;

function functionAt(source: ts.SourceFile, start: number): Parameterized | undefined {
  let found: Parameterized | undefined;
  const visit = (node: ts.Node): void => {
    if (start < node.getFullStart() || start >= node.end) return;
    if (ts.isFunctionLike(node) && node.getStart(source) === start) found ??= node as Parameterized;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** `({ grams, express }: Parcel)` is called `parcel`. */
function nameOfType(type: ts.Type, index: number): string {
  const name = (type.aliasSymbol ?? type.getSymbol())?.name ?? '';
  return /^[A-Z]\w*$/.test(name)
    ? name.replace(/^./, (letter) => letter.toLowerCase())
    : index
      ? `input${index + 1}`
      : 'input';
}

/** JSON Schema of a type that JSON can hold; undefined: it can't, or nothing is known. */
function schemaOf(checker: ts.TypeChecker, type: ts.Type, node: ts.Node, depth: number): JsonSchema | undefined {
  const { flags } = type;
  if (depth > deepest) return undefined;
  // Any type will do: a text is one.
  if (flags & ts.TypeFlags.TypeParameter && !(type as ts.TypeParameter).getConstraint()) return { type: 'string' };
  if (flags & ts.TypeFlags.StringLiteral) return { type: 'string', const: (type as ts.StringLiteralType).value };
  if (flags & ts.TypeFlags.NumberLiteral) return { type: 'number', const: (type as ts.NumberLiteralType).value };
  if (flags & ts.TypeFlags.BooleanLiteral) return { type: 'boolean', const: checker.typeToString(type) === 'true' };
  if (flags & ts.TypeFlags.StringLike) return { type: 'string' };
  if (flags & ts.TypeFlags.NumberLike) return { type: 'number' };
  if (flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
  if (flags & ts.TypeFlags.Null) return { type: 'null' };
  if (type.isUnion()) return unionSchema(checker, type, node, depth);
  if (checker.isTupleType(type)) return tupleSchema(checker, type, node, depth);
  if (checker.isArrayType(type)) {
    const [item] = checker.getTypeArguments(type as ts.TypeReference);
    const items = item && schemaOf(checker, item, node, depth + 1);
    return items && { type: 'array', items };
  }
  return flags & ts.TypeFlags.Object || type.isIntersection() ? objectSchema(checker, type, node, depth) : undefined;
}

function tupleSchema(checker: ts.TypeChecker, type: ts.Type, node: ts.Node, depth: number): JsonSchema | undefined {
  const items = checker
    .getTypeArguments(type as ts.TypeReference)
    .map((item) => schemaOf(checker, item, node, depth + 1));
  return items.every((item) => item !== undefined) ? { type: 'array', prefixItems: items } : undefined;
}

function unionSchema(
  checker: ts.TypeChecker,
  type: ts.UnionType,
  node: ts.Node,
  depth: number,
): JsonSchema | undefined {
  const rest = type.types.filter((one) => !(one.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)));
  const nullable = rest.some((one) => one.flags & ts.TypeFlags.Null);
  const plain = rest.filter((one) => !(one.flags & ts.TypeFlags.Null));
  const schemas = plain.map((one) => schemaOf(checker, one, node, depth));
  if (!schemas.length || schemas.some((one) => one === undefined)) return undefined;
  const known = schemas as JsonSchema[];
  const merged: JsonSchema | undefined = known.every((one) => one.type === 'boolean')
    ? { type: 'boolean' }
    : known.every((one) => one.const !== undefined)
      ? { ...(known[0]?.type ? { type: known[0].type } : {}), enum: known.flatMap((one) => one.const ?? []) }
      : known.length === 1
        ? known[0]
        : { anyOf: known };
  if (!merged || !nullable) return merged;
  return merged.type && !merged.enum
    ? { ...merged, type: [...[merged.type].flat(), 'null'] as SchemaType[] }
    : { anyOf: [merged, { type: 'null' }] };
}

function objectSchema(checker: ts.TypeChecker, type: ts.Type, node: ts.Node, depth: number): JsonSchema | undefined {
  if (type.getCallSignatures().length || type.getConstructSignatures().length) return undefined;
  const properties = checker.getPropertiesOfType(type);
  const index = type.getStringIndexType();
  if (!properties.length && index) {
    const item = schemaOf(checker, index, node, depth + 1);
    return item && { type: 'object', additionalProperties: item };
  }
  const result: JsonSchema = { type: 'object', properties: {}, required: [] };
  for (const property of properties) {
    const schema = schemaOf(checker, checker.getTypeOfSymbolAtLocation(property, node), node, depth + 1);
    const optional = !!(property.flags & ts.SymbolFlags.Optional);
    if (!schema) {
      if (optional) continue;
      return undefined;
    }
    (result.properties ??= {})[property.name] = schema;
    if (!optional) result.required?.push(property.name);
  }
  return properties.length ? result : undefined;
}

/** The methods of a class or interface that is more than data. */
function methodsOf(checker: ts.TypeChecker, type: ts.Type, node: ts.Node): Record<string, TypedMethod> | undefined {
  const methods: Record<string, TypedMethod> = {};
  for (const property of checker.getPropertiesOfType(type)) {
    const [signature] = checker.getTypeOfSymbolAtLocation(property, node).getCallSignatures();
    if (!signature) continue;
    methods[property.name] = methodOf(checker, signature, node);
  }
  return Object.keys(methods).length ? methods : undefined;
}

function methodOf(checker: ts.TypeChecker, signature: ts.Signature, node: ts.Node): TypedMethod {
  const returned = signature.getReturnType();
  const isAsync = returned.getSymbol()?.name === 'Promise';
  const [inner] = isAsync ? checker.getTypeArguments(returned as ts.TypeReference) : [returned];
  return { schema: (inner && resultSchema(checker, inner, node)) ?? {}, isAsync };
}

/** `undefined` among what a method gives counts as null does: the row that is not there. */
function resultSchema(checker: ts.TypeChecker, type: ts.Type, node: ts.Node): JsonSchema | undefined {
  const schema = schemaOf(checker, type, node, 1);
  const isAbsent = type.isUnion() && type.types.some((one) => one.flags & ts.TypeFlags.Undefined);
  return schema && isAbsent ? { anyOf: [schema, { 'x-transform': ['undefined'] }] } : schema;
}
