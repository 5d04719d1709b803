import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenAPIV3_1 } from 'openapi-types';

const METHODS = ['get', 'post', 'patch', 'delete'] as const;

/** Says how an answer differs from what the OpenAPI document says of its route; null when it does not. */
export type CheckAnswer = (method: string, path: string, response: Response) => Promise<string | null>;

/** Checks answers against the document, with a validator that knows nothing of how the document came to be. */
export function openApiChecker(document: OpenAPIV3_1.Document): CheckAnswer {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');

  return async (methodName, path, response) => {
    const method = METHODS.find((known) => known === methodName.toLowerCase());
    const template = findTemplate(document, path);
    const operation = method && template && document.paths?.[template]?.[method];
    if (!operation) return differsFrom('#/components/schemas/Error', response);

    const status = String(response.status);
    const documented = operation.responses?.[status];
    if (!documented || '$ref' in documented) return `${status} is not documented`;
    if (!documented.content) {
      return (await response.text()) === '' ? null : `${status} is documented without a body`;
    }
    const mediaType = response.headers.get('content-type')?.split(';')[0] ?? '';
    if (!documented.content[mediaType]) return `${status} is not documented as ${mediaType || 'no type'}`;
    if (mediaType !== 'application/json') return null;
    const pointer = ['paths', template, method, 'responses', status, 'content', mediaType, 'schema'];
    return differsFrom(`#/${pointer.map(toToken).join('/')}`, response);
  };

  async function differsFrom(pointer: string, response: Response): Promise<string | null> {
    const validate = ajv.getSchema(`openapi${pointer}`);
    if (!validate) throw new Error(`The document has no ${pointer}`);
    return validate(await response.json()) ? null : ajv.errorsText(validate.errors);
  }
}

/** The path of the document that this one is an instance of. */
function findTemplate({ paths = {} }: OpenAPIV3_1.Document, path: string): string | undefined {
  return Object.keys(paths).find((template) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`).test(path),
  );
}

/** A step of a JSON pointer in a URI fragment. */
export function toToken(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
}
