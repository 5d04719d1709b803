/** The document that GraphiQL shows at first. Its lines fit the editor's half of a laptop's screen. */
export const EXAMPLE = `# Welcome to CodeInterview. Run Create, and put
# the id of the session into the variables below:
# { "id": "..." }
# Run Watch in a second window: what Join and Run
# change in the first arrives there.

mutation Create {
  createSession(
    input: { language: PYTHON, code: "print(6 * 7)" }
  ) {
    ... on CreateSessionPayload {
      session { id code language seq }
    }
    ... on Error { code message }
  }
}

subscription Watch($id: ID!) {
  session(id: $id) {
    seq code language status users { name color }
  }
}

mutation Join($id: ID!) {
  joinSession(input: { sessionId: $id, name: "Ada" }) {
    ... on JoinSessionPayload { user { id name color } }
    ... on Error { code message }
  }
}

mutation Run($id: ID!) {
  executeCode(
    input: {
      sessionId: $id, language: PYTHON
      code: "print(6 * 7)"
    }
  ) {
    ... on ExecuteCodePayload {
      execution { status stdout error executionTime }
    }
    ... on Error { code message }
  }
}
`;
