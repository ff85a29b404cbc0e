const irregular: Record<string, string> = { person: 'people', man: 'men', child: 'children', mouse: 'mice' };

const uncountable =
  /^(advice|energy|excretion|digestion|cooperation|health|justice|labour|machinery|equipment|information|pollution|sewage|paper|money|species|series|rain|rice|fish|sheep|moose|deer|news|expertise|status|media)$/;

/** The collection's name as mongoose makes it from the model's. */
export function plural(name: string): string {
  if (uncountable.test(name)) return name;
  if (irregular[name]) return irregular[name];
  if (/([^aeiou])y$/.test(name)) return name.replace(/y$/, 'ies');
  if (/(x|ch|ss|sh|s)$/.test(name))
    return /s$/.test(name) && !/ss$/.test(name)
      ? /us$|is$/.test(name)
        ? name.replace(/(us|is)$/, '$1es').replace(/ises$/, 'es')
        : name
      : `${name}es`;
  if (/(?:([^f])fe|([lr])f)$/.test(name)) return name.replace(/fe?$/, 'ves');
  return `${name}s`;
}
