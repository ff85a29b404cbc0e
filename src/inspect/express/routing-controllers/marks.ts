import { ClassValue, type Value } from '../../interpreter/values.js';

/** What a decorator of the package says. */
export interface Mark {
  name: string;
  args: Value[];
}

const markOf = (value: Value): Mark | undefined =>
  value.type === 'native' && value.name.startsWith('@') ? (value.host as Mark | undefined) : undefined;

export interface Marked extends Mark {
  member?: string;
  index?: number;
}

export const marksOf = (cls: ClassValue): Marked[] => {
  const own = cls.decorations.flatMap(({ value, member, index }) => {
    const mark = markOf(value);
    return mark
      ? [{ ...mark, ...(member === undefined ? {} : { member }), ...(index === undefined ? {} : { index }) }]
      : [];
  });
  return cls.parent?.type === 'class' ? [...marksOf(cls.parent).filter((mark) => mark.member), ...own] : own;
};
