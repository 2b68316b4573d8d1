package dev.ledgerstone.gateway.dialogue;

/** Why an answer ended. */
public enum FinishReason {
  /** The model was done. */
  STOP,
  /** A text came at which it was told to end. */
  STOP_SEQUENCE,
  /** The limit of the output. */
  LENGTH,
  /** The model waits for results of tools. */
  TOOL_USE,
  /** The model, or a filter, would not answer. */
  REFUSAL,
  /** A tool of the provider's own wants the turn to be sent again. */
  PAUSE,
  /** The model's window is full. */
  WINDOW
}
