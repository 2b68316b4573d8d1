package dev.ledgerstone.http;

import java.util.Optional;

/**
 * One part of the server.
 *
 * @param name what is checked, such as {@code database}
 * @param probe looks whether it can be used
 * @param isVital false: the server serves without it, with less
 */
public record ReadyCheck(String name, Probe probe, boolean isVital) {
  /** A part without which nothing can be served. */
  public ReadyCheck(String name, Probe probe) {
    this(name, probe, true);
  }

  /** Looks at a part. */
  @FunctionalInterface
  public interface Probe {
    /** What is wrong with the part, for anyone to read; empty when it can be used. */
    Optional<String> fault() throws Exception;
  }
}
