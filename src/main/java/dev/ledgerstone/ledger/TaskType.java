package dev.ledgerstone.ledger;

/** What a call is for; from the header {@code x-task-type}. */
public enum TaskType {
  GENERAL,
  CODE_GENERATION,
  TEXT_ANALYSIS,
  IMAGE_GENERATION,
  DATA_ANALYSIS,
  TRANSLATION,
  SUMMARIZATION,
  CREATIVE_WRITING,
  RESEARCH,
  CHAT,
  DOCUMENT_PROCESSING
}
