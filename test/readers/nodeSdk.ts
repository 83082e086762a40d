import { Flagsmith } from 'flagsmith-nodejs';
import type { Identity } from './identities.js';
import type { Reader } from './reader.js';
import { restDocument } from './restDocument.js';

/** Flagsmith's SDK for Node in local evaluation; `fetch` stands in for the API that serves it the document. */
export const nodeSdk: Reader = {
  async read(item, identities) {
    const json = JSON.stringify(restDocument(item));
    const client = new Flagsmith({
      environmentKey: 'ser.local',
      enableLocalEvaluation: true,
      fetch: () => Promise.resolve(new Response(json)),
    });
    try {
      return {
        environment: (await client.getEnvironmentFlags()).flags,
        identities: await Promise.all(identities.map((identity) => readIdentity(client, identity))),
      };
    } finally {
      await client.close();
    }
  },
};

async function readIdentity(client: Flagsmith, { identifier, traits }: Identity) {
  const { flags } = await client.getIdentityFlags(identifier, traits);
  const segments = await client.getIdentitySegments(identifier, traits);
  return { flags, segments: segments.map(({ name }) => name) };
}
