import { SchemaAST } from "effect"

type Ast = SchemaAST.AST

/** Writes schemas as TypeScript. Those with a name are written once, and stand by their names elsewhere. */
export class TypeWriter {
  readonly #named = new Map<string, string>()

  /** The type of a decoded value. */
  typeOf(ast: Ast): string {
    const name = SchemaAST.resolveIdentifier(ast)
    if (name === undefined) return this.#shape(ast)
    const text = this.#declare(name, ast)
    if ((this.#named.get(name) ?? text) !== text) throw new Error(`two types are called ${name}`)
    this.#named.set(name, text)
    return name
  }

  /** The declarations of all that was named, by name. */
  declarations(): string {
    return [...this.#named]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([, text]) => text)
      .join("\n")
  }

  names(): ReadonlyArray<string> {
    return [...this.#named.keys()].sort()
  }

  #declare(name: string, ast: Ast): string {
    return ast._tag === "Objects"
      ? `export interface ${name} ${this.#shape(ast)}`
      : `export type ${name} = ${this.#shape(ast)}`
  }

  #shape(ast: Ast): string {
    switch (ast._tag) {
      case "String":
        return "string"
      case "Number":
        return "number"
      case "Boolean":
        return "boolean"
      case "Null":
        return "null"
      case "Never":
        return "never"
      case "Unknown":
        return "unknown"
      case "Literal":
        return JSON.stringify(ast.literal)
      case "Union":
        return ast.types.map((type) => this.typeOf(type)).join(" | ")
      case "Arrays":
        if (ast.elements.length > 0 || ast.rest.length !== 1) throw new Error("tuples are not written")
        return `ReadonlyArray<${this.typeOf(ast.rest[0]!)}>`
      case "Objects": {
        const fields = ast.propertySignatures.map(
          ({ name, type }) =>
            `readonly ${JSON.stringify(name)}${type.context?.isOptional === true ? "?" : ""}: ${this.typeOf(type)}`
        )
        const rest = ast.indexSignatures.map(
          ({ parameter, type }) => `readonly [name: ${this.typeOf(parameter)}]: ${this.typeOf(type)}`
        )
        return `{ ${[...fields, ...rest].join("; ")} }`
      }
      default:
        throw new Error(`a ${ast._tag} can't be written as a type`)
    }
  }
}
