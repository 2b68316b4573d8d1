package dev.ledgerstone.cli;

import dev.ledgerstone.http.HttpServer;
import dev.ledgerstone.http.Metrics;

/**
 * Loads what every start needs and what waits for no database, while the first thread reads the
 * settings and opens one: a fifth of a start on one core (docs/performance.md).
 *
 * <p>No class of the schema is among it: those begin one another in rings, in which two threads
 * would wait for each other (JLS 12.4.2).
 */
final class HeadStart {
  private HeadStart() {}

  static void begin() {
    Thread.ofPlatform().name("head-start").daemon().start(HeadStart::load);
  }

  private static void load() {
    HttpServer.load();
    new Metrics().close();
    Tls.usual();
  }
}
