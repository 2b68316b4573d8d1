package dev.ledgerstone.cli;

import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;

/** Whom this machine trusts, for connections out. */
final class Tls {
  private Tls() {}

  static SSLContext usual() {
    try {
      return SSLContext.getDefault();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("TLS is not there", e);
    }
  }
}
