package dev.ledgerstone.gateway.dialogue;

/** That a provider should keep the prompt up to here. */
public enum CacheMark {
  FIVE_MINUTES,
  ONE_HOUR
}
