import { describeCorpus } from './support/describe-corpus.ts';

await describeCorpus('embedded');
