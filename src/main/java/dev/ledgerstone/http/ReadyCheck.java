package dev.ledgerstone.http;

import java.util.Optional;

/**
 * One part of the server.
 *
 * @param name what is checked, such as {@code database}
 * @param probe looks whether it can be used
 * @param isNeeded whether the server is not ready without it; else its fault is only told
 */
public record ReadyCheck(String name, Probe probe, boolean isNeeded) {
  /** Of a part without which the server cannot serve. */
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
