import type { Role } from '../../../api/types';

/** What a role says about one permission. */
export type Rule = 'allow' | 'none' | 'deny';
export type Rules = Readonly<Record<string, Rule>>;

export function rulesOf(role: Pick<Role, 'allow' | 'deny'> | null): Rules {
  const rules: Record<string, Rule> = {};
  for (const name of role?.allow ?? []) rules[name] = 'allow';
  for (const name of role?.deny ?? []) rules[name] = 'deny';
  return rules;
}

export function ruleFor(rules: Rules, permission: string): Rule {
  return rules[permission] ?? 'none';
}

/** The permissions for which a role says this, in the order of `permissions`. */
export function namesOf(rules: Rules, permissions: readonly string[], rule: Rule): string[] {
  return permissions.filter((name) => ruleFor(rules, name) === rule);
}

/**
 * Whether someone may make a role say this: nobody gives what they don't have themselves, be it by allowing it or by
 * denying it no longer.
 */
export function mayChoose(before: Rule, rule: Rule, own: boolean): boolean {
  if (own || rule === before) return true;
  return rule !== 'allow' && before !== 'deny';
}
