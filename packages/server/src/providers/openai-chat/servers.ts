/** What servers of the Chat Completions language do in their own way. What is absent is done as most do it. */
export type Quirks = {
  /** What it calls the most tokens it may give; `max_tokens` where nothing is said. */
  maxTokensField?: "max_tokens" | "max_completion_tokens";
  /**
   * How it is asked to think: `effort` as `reasoning_effort`, `nested` as `reasoning: { effort }`, `never` where it refuses
   * both. Where thinking is off nothing is asked, because many models refuse even that word.
   */
  thinking?: "effort" | "nested" | "never";
  /** False where it refuses requests that offer tools. */
  tools?: boolean;
  /** Where it tells more of its models than the list does. */
  details?: "ollama" | "lmstudio" | "llamacpp";
  /** True where it says what an answer cost when it is asked for it. */
  tellsCost?: boolean;
  /** Where it tells whose key this is, where it lists its models to anybody. */
  keyAt?: string;
  /** True where nobody is paid for what it answers: whoever runs it pays for the machine already. */
  free?: boolean;
};

export type Server = Quirks & { baseURL: string };

/** Servers that people know by name. */
export const servers = {
  openrouter: { baseURL: "https://openrouter.ai/api/v1", thinking: "nested", tellsCost: true, keyAt: "/key" },
  ollama: { baseURL: "http://127.0.0.1:11434/v1", details: "ollama", free: true },
  lmstudio: { baseURL: "http://127.0.0.1:1234/v1", details: "lmstudio", free: true },
  llamacpp: { baseURL: "http://127.0.0.1:8080/v1", details: "llamacpp", free: true },
  vllm: { baseURL: "http://127.0.0.1:8000/v1", free: true },
} as const satisfies Record<string, Server>;
