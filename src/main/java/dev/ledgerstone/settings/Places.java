package dev.ledgerstone.settings;

import java.net.URI;
import java.util.List;

/**
 * The kinds of addresses at which a server keeps things. No message quotes one: it may hold a
 * password.
 */
final class Places {
  static final Kind<String> DATABASE =
      text -> {
        for (String scheme : List.of("sqlite:", "postgresql://", "postgres://")) {
          if (text.startsWith(scheme) && text.length() > scheme.length()) {
            return text;
          }
        }
        throw new Wrong(
            "is no database that is known",
            "write sqlite:FILE or postgresql://user:secret@host/database");
      };

  /** A database that follows another one. */
  static final Kind<String> STANDBY =
      text -> {
        if (text.startsWith("sqlite:")) {
          throw new Wrong(
              "is no standby: SQLite has none", "write postgresql://user:secret@host/database");
        }
        return DATABASE.read(text);
      };

  static final Kind<String> STATE =
      text -> {
        if (text.equals("memory:")) {
          return text;
        }
        try {
          URI url = URI.create(text);
          if (url.getHost() != null && List.of("redis", "rediss").contains(url.getScheme())) {
            return text;
          }
        } catch (IllegalArgumentException _) {
          // said below; its message would quote the password
        }
        throw new Wrong("is no place that is known", "write memory: or redis://:secret@host:6379");
      };

  static final Kind<String> EVENTS =
      text -> {
        if (text.equals("database:") || text.matches("mongodb(\\+srv)?://.+")) {
          return text;
        }
        throw new Wrong(
            "is no place for event collections", "write database: or mongodb://host/database");
      };

  /** The other engine does not exist yet: said at the start, not at the first use. */
  static final Kind<String> BLOBS =
      text -> {
        if (!text.equals("directory:")) {
          throw new Wrong(
              "names what does not exist yet: S3 and its like come later",
              "leave it out, or write directory:");
        }
        return text;
      };

  private Places() {}
}
