import { graphql } from './generated/gql.ts';

/** What a user interface of one interview asks for; each client's test does it in the client's own way. */

export const Create = graphql(`
  mutation Create($input: CreateSessionInput) {
    createSession(input: $input) {
      __typename
      ... on CreateSessionPayload { session { id code language } }
      ... on Error { code message }
    }
  }
`);

export const Room = graphql(`
  query Room($id: ID!) {
    session(id: $id) { id code users { id name } }
  }
`);

export const Join = graphql(`
  mutation Join($input: JoinSessionInput!) {
    joinSession(input: $input) {
      __typename
      ... on JoinSessionPayload { user { id name } }
      ... on Error { code message }
    }
  }
`);

export const Watch = graphql(`
  subscription Watch($id: ID!) {
    session(id: $id) { id code users { id name } }
  }
`);

export const Events = graphql(`
  subscription Events($id: ID!) {
    sessionEvents(sessionId: $id, after: 0) {
      __typename
      seq
      ... on UserJoined { user { id name } }
    }
  }
`);
