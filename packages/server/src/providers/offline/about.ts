import { asks } from "./phrase.ts";
import type { Question } from "./question.ts";

/** Questions about the guide itself: nothing is looked up. */

// The table's other rows are handed in by the table, so that help can list what it is itself part of.
export const helpOf = (rows: readonly Question[]): string =>
  rows.map(({ ask, gives }) => `- ${ask}: ${gives}`).join("\n");

export const whatIAm =
  "I am offline/guide, the guide that comes with daimon: a set of rules, not a language model. I understand a short " +
  "list of questions and answer them by looking into the live Python that you share here.";

export const howToConnect =
  "Give daimon a key: `daimon login anthropic` (or `openai`, `openrouter`, `gemini`) asks for it, tries it and keeps it. " +
  "`ANTHROPIC_API_KEY`, `OPENAI_API_KEY`, `OPENROUTER_API_KEY` and `GEMINI_API_KEY` in the daemon's environment do as " +
  "well. A model on your own machine needs none: start Ollama, LM Studio, llama.cpp or vLLM (`OLLAMA_HOST` says where another " +
  "Ollama is). `daimon models` lists what there is then. Name one, " +
  "as `provider/model`: for all new sessions in `DAIMON_MODEL` or as `model` in config.toml, for one with `/model` or `daimon run -m`. " +
  "Other servers are named in config.toml, as README.md tells. I am no such model: I only need nothing.";

export const connecting: Question = {
  ask: "how do I connect a model",
  gives: "which settings a real model takes",
  needs: [],
  match: asks([
    "(?:how|where|when|what).* (?:connect|use|add|set ?up|configure|switch|choose|select|get|enable|plug|change|install|need).*(?:models?|llms?|claude|gpt|openai|anthropic|ollama|gemini|openrouter|providers?|api ?keys?)(?: .*)?",
    "(?:connect|use|add|set ?up|configure|switch to|choose|select|enable)(?: .*)? (?:models?|llms?|claude|gpt|openai|anthropic|ollama|gemini|openrouter|providers?|api ?keys?)(?: .*)?",
    "(?:what|which) (?:other )?(?:models|providers) (?:are there|do you have|can i use|exist|are available)",
    "where .*api ?keys?.*",
  ]),
  answer() {
    return howToConnect;
  },
};

export const introducing: Question = {
  ask: "what are you",
  gives: "what the guide is, and what it is not",
  needs: [],
  match: asks([
    "(?:what|who) (?:are|r) (?:you|u)(?: .*)?",
    "(?:what|who) is (?:this|the) (?:guide|assistant|bot)",
    "(?:what(?:'s| is) your name|introduce yourself|about(?: you)?|(?:what|which) (?:ai |language )?model (?:are you|is this|do you use))",
    "are (?:you|u) .*(?:ai|model|llm|gpt|chatgpt|claude|gemini|bot|robot|human|person|real|guide|intelligent|alive|online|offline)\\b.*",
  ]),
  answer() {
    return `${whatIAm} I cannot reason, write code or talk about anything else, and I never guess. Say \`help\` for the list.\n\n${howToConnect}`;
  },
};

export const greeting: Question = {
  ask: "hello",
  gives: "a word of welcome",
  needs: [],
  match: asks([
    "(?:hello|hi|hey|hallo|good (?:morning|day|afternoon|evening)|greetings|yo)(?: (?:there|daimon|guide|world|you|everyone|all|assistant))?",
    "(?:thanks|thank you|thx|cheers|great|nice|cool|ok|okay|good|perfect)(?:,? (?:thanks|thank you|so|very|a|lot|much|daimon|guide|job|work|one|then))*",
    "(?:bye|goodbye|see you|good night)(?: (?:bye|then|later|daimon|guide|all|everyone))?",
  ]),
  answer() {
    return "Hello. I am the offline guide: rules, no language model. Say `help` to see what I can answer.";
  },
};

export const isHelp = asks([
  "(?:help|help me(?: please)?|commands|questions|usage|manual|hilfe|\\?)",
  "help me with (?:this|daimon)",
  "what (?:can|could|do|should|may) (?:you|i|we|u) (?:do|ask|say|answer|know|type)(?: (?:you|me|about|here|now|next|for me|in daimon))*",
  "what (?:questions|commands) .*",
  "(?:how do(?:es)?|how can|how should) (?:i|you|this|it|daimon|we)(?: .*)? (?:work|start|begin|use (?:this|you|it|daimon))(?: .*)?",
  "what now",
]);
