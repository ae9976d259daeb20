// Does not prove that AWS judges as rules/iam-evaluation.ts does.
import assert from "node:assert/strict";
import { EXAMPLE } from "../rules/support/roles-example.ts";
import {
  permissionDocuments,
  repositoryDocuments,
  type Subject,
  subjectOf,
  trustDocuments,
} from "./documents.ts";
import { mutants } from "./mutations.ts";
import { isNoticed, permissionFaults } from "./permission-questions.ts";
import { questionsOf } from "./questions.ts";
import { repositoryFaults } from "./repository-questions.ts";
import { trustFaults } from "./trust-questions.ts";

/** A stack that uses everything that roles may have to do with. */
const whole = async (): Promise<Subject> => ({
  args: EXAMPLE,
  repository: (await subjectOf("main")).repository,
  pullAccounts: ["391835788720", "444455556666"],
});

for (const [stack, subject] of [
  ["main", () => subjectOf("main")],
  ["local", () => subjectOf("local")],
  ["with folders of buckets", whole],
] as const) {
  describe(`the access documents of stack ${stack}, each with one thing changed`, function () {
    this.timeout(120_000);

    it("says of every trust that is wider, or lets in no longer who is granted", async () => {
      const survivors: string[] = [];
      for (const { name, document, ...deployed } of trustDocuments(await subject())) {
        assert.deepEqual(trustFaults(document, deployed), [], name);
        const made = mutants(document);
        assert.ok(made.length > 40, name);
        const unnoticed = made.filter((one) => trustFaults(one.document, deployed).length === 0);
        survivors.push(...unnoticed.map(({ what }) => `${name}: ${what}`));
      }
      assert.deepEqual(survivors, []);
    });

    it("says of every repository policy that is wider, or keeps out who may pull", async () => {
      const survivors: string[] = [];
      for (const { name, document, accountIds } of repositoryDocuments(await subject())) {
        assert.deepEqual(repositoryFaults(document, accountIds), [], name);
        const made = mutants(document);
        for (const change of [/Principal AWS \* added/, /ecr:BatchDeleteImage added/, /removed/]) {
          assert.ok(
            made.some(({ what }) => change.test(what)),
            `${name}: ${String(change)}`,
          );
        }
        const unnoticed = made.filter(
          (one) => repositoryFaults(one.document, accountIds).length === 0,
        );
        survivors.push(...unnoticed.map(({ what }) => `${name}: ${what}`));
      }
      assert.deepEqual(survivors, []);
    });

    it("says of every permission and boundary that is wider, or no longer enough", async () => {
      const of = await subject();
      const questions = questionsOf(of.args);
      const survivors: string[] = [];
      for (const document of permissionDocuments(of)) {
        assert.deepEqual([...permissionFaults(document, questions)], [], document.name);
        const made = mutants(document.document);
        assert.ok(made.length > 40, document.name);
        const unnoticed = made.filter((one) => !isNoticed(one, document, questions));
        survivors.push(...unnoticed.map(({ what }) => `${document.name}: ${what}`));
      }
      assert.deepEqual(survivors, []);
    });
  });
}
