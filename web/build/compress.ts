/**
 * Writes a brotli copy beside every file that compresses, and refuses a build whose first load is too heavy.
 *
 * The first load of a view is the page, its script and style with all that they import, and the view's own.
 */
import { constants, brotliCompressSync } from "node:zlib";
import type { Plugin, Rollup } from "vite";

type Bundle = Rollup.OutputBundle;
type Chunk = Rollup.OutputChunk;

export interface CompressOptions {
  /** The page, as a path in the project. */
  readonly entry: string;
  /** The views that a visit may begin with, each as the modules that it is made of, as paths in the project. */
  readonly views: readonly (readonly string[])[];
  /** How many bytes, compressed, a visit may load before it shows its first view. */
  readonly firstLoadBytes: number;
}

const compressible = /\.(?:html|js|css|svg|json|webmanifest|txt)$/;

/** A file under a kilobyte fits into one packet either way. */
const worthwhileBytes = 1024;

export function compress(options: CompressOptions): Plugin {
  return {
    name: "docket:compress",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_output, bundle) {
        const sizes = new Map<string, number>();
        for (const file of Object.values(bundle)) {
          const source = Buffer.from(file.type === "chunk" ? file.code : file.source);
          if (!compressible.test(file.fileName)) continue;
          const small = brotli(source);
          sizes.set(file.fileName, Math.min(small.length, source.length));
          if (source.length >= worthwhileBytes && small.length < source.length) {
            this.emitFile({ type: "asset", fileName: `${file.fileName}.br`, source: small });
          }
        }
        for (const view of options.views) {
          const bytes = firstLoad(bundle, sizes, options.entry, view);
          const said = `first load of ${view.at(-1)}: ${bytes} bytes of at most ${options.firstLoadBytes}, with brotli`;
          if (bytes > options.firstLoadBytes) this.error(said);
          this.info(said);
        }
      },
    },
  };
}

function brotli(source: Buffer): Buffer {
  return brotliCompressSync(source, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: source.length,
    },
  });
}

function firstLoad(bundle: Bundle, sizes: ReadonlyMap<string, number>, entry: string, view: readonly string[]): number {
  const chunks = Object.values(bundle).filter((file): file is Chunk => file.type === "chunk");
  const starts = chunks.filter((chunk) => chunk.isEntry);
  for (const module of view) {
    const own = chunks.find((chunk) => chunk.facadeModuleId?.endsWith(`/${module}`));
    if (!own) throw new Error(`no chunk of its own for ${module}`);
    starts.push(own);
  }
  const files = new Set([entry]);
  const visit = (chunk: Chunk): void => {
    if (files.has(chunk.fileName)) return;
    files.add(chunk.fileName);
    for (const style of chunk.viteMetadata?.importedCss ?? []) files.add(style);
    for (const name of chunk.imports) {
      const imported = bundle[name];
      if (imported?.type === "chunk") visit(imported);
    }
  };
  starts.forEach(visit);
  return [...files].reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);
}
