// Writes every public test vector of age as a file of its name into the folder that is named.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vectors from "cctv-age";

for (const [name, bytes] of Object.entries(vectors)) writeFileSync(join(process.argv[2], name), bytes);
