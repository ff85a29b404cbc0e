import { at, type Rule } from '../rule.js';
import { calledByTests } from '../suite/called.js';
import { originOf } from '../suite/origin.js';

/** Models are queried, and nothing that runs with the tests connects. */
export const mongoose: Rule = {
  symptom: 17,
  find: (suite) =>
    suite.tests
      .flatMap((test) => {
        if (test.reach.mocked.has('mongoose')) return [];
        const model = [...test.reach.sources]
          .flatMap((source) => source.calls)
          .find(
            (call) =>
              call.name === 'model' &&
              originOf(call.node.expression, call.source, suite.resolve)?.module === 'mongoose',
          );
        if (!model || /spyOn|\.mock\(|mockResolvedValue|sinon|mockingoose/.test(test.source.text)) return [];
        const connects = [...test.reach.sources, ...suite.globals].some((source) =>
          source.calls.some((call) => isConnect(call.name) && test.reach.owners.has(call.owner)),
        );
        const query = calledByTests(test)
          .map(({ call }) => call)
          .find(
            (call) =>
              /^(find|findOne|findById|create|save|insertMany|countDocuments|updateOne|updateMany|deleteMany|deleteOne|exists|aggregate|findByIdAndUpdate|findOneAndUpdate|findByIdAndDelete)$/.test(
                call.name,
              ) && call.receiver !== undefined,
          );
        if (connects || !query) return [];
        return [
          {
            title: `${test.file} queries mongoose models, and nothing connects: "buffering timed out after 10000ms".`,
            ...at(query.source, query.node),
            evidence: `${model.source.place(model.node)} makes a model, ${query.source.place(query.node)} queries; neither ${test.file}, nor its setup files, nor what they call connects.`,
            fix: 'await mongoose.connect(uri) in beforeAll (and disconnect in afterAll), with the address of a test server.',
            certainty: 'certain' as const,
          },
        ];
      })
      .slice(0, 3),
};

const isConnect = (name: string): boolean =>
  /^(connect\w*|createConnection|openUri|init(ialize|ialise)?(DB|Db|Database|Mongo)?|setup\w*(DB|Db|Database|Mongo)\w*)$/.test(
    name,
  );
