package dev.ledgerstone.gateway.provider;

import java.io.InputStream;
import java.util.Optional;

/**
 * What an upstream answered. Closing it without having read the body to its end drops the
 * connection.
 */
public interface UpstreamAnswer extends AutoCloseable {
  int status();

  /** The first header of that name, whatever its case. */
  Optional<String> header(String name);

  /**
   * The body; of a stream each read returns as soon as something is there. Throws IOException when
   * cancelled or broken.
   */
  InputStream body();

  @Override
  void close();
}
