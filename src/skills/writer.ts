/** The port behind which skills are put into words. A writer gets a lesson and returns a description and a body. */

import type { Evidence } from './evidence.ts';
import type { Lesson } from './lesson.ts';

export interface WriterInput {
  readonly lesson: Lesson;
  /** Some of the lesson's evidence, scrubbed, newest last. */
  readonly samples: readonly Evidence[];
}

export interface WrittenSkill {
  readonly description: string;
  readonly body: string;
}

export type WriterResult =
  | { readonly ok: true; readonly skill: WrittenSkill }
  /** `reason` is fit for the run's summary: no answer text, no key. */
  | { readonly ok: false; readonly reason: string };

export interface SkillWriter {
  readonly name: string;
  write(input: WriterInput): Promise<WriterResult>;
}
