// Tells which decorators a TypeScript program means.
'use strict';

/** Such programs mean the decorators before the standard: parameters of a decorator, or a decorator of a parameter. */
const LEGACY_DECORATORS =
  /\b\w*PropertyDescriptor\b|\b(?:propertyKey|descriptor|parameterIndex)\b|\(\s*target\b[^,()]*,\s*(?:key|name|prop\w*|member\w*)\b|[(,]\s*@\w/;
const STANDARD_DECORATORS = /\b\w*DecoratorContext\b/;

/** Whether the program means the decorators of `experimentalDecorators`. */
function meansLegacyDecorators(source) {
  return LEGACY_DECORATORS.test(source) && !STANDARD_DECORATORS.test(source);
}

module.exports = { meansLegacyDecorators };
