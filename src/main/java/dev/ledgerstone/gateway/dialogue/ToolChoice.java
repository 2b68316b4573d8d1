package dev.ledgerstone.gateway.dialogue;

/** Whether a model must call tools. */
public sealed interface ToolChoice {
  /** As it likes. */
  record Auto() implements ToolChoice {}

  /** None. */
  record None() implements ToolChoice {}

  /** At least one. */
  record Any() implements ToolChoice {}

  /** This one. */
  record Named(String tool) implements ToolChoice {}
}
