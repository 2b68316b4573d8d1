package dev.ledgerstone.http;

import java.util.Optional;

/**
 * One part that the server needs.
 *
 * @param name what is checked, such as {@code database}
 * @param probe looks whether it can be used
 */
public record ReadyCheck(String name, Probe probe) {
  /** Looks at a part. */
  @FunctionalInterface
  public interface Probe {
    /** What is wrong with the part, for anyone to read; empty when it can be used. */
    Optional<String> fault() throws Exception;
  }
}
