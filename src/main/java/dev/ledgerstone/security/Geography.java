package dev.ledgerstone.security;

import com.maxmind.db.CHMCache;
import com.maxmind.db.Reader;
import dev.ledgerstone.access.Location;
import dev.ledgerstone.http.Exchange;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says where addresses are: by a header of a trusted proxy, else by a file of MaxMind's format
 * (GeoLite2-City, GeoIP2-Country and their like), else not at all.
 */
public final class Geography implements AutoCloseable {
  private static final Pattern COUNTRY = Pattern.compile("[A-Z]{2}");

  /** What proxies send where they do not know, and for Tor. */
  private static final Pattern NO_COUNTRY = Pattern.compile("XX|T1|ZZ");

  private final @Nullable Reader file;
  private final @Nullable HeaderName header;

  private Geography(@Nullable Reader file, @Nullable HeaderName header) {
    this.file = file;
    this.header = header;
  }

  /**
   * Opens what is configured; a file that cannot be read is told at once.
   *
   * @param database null: there is none
   * @param countryHeader null: no proxy sends one
   */
  public static Geography of(@Nullable Path database, @Nullable String countryHeader) {
    try {
      return new Geography(
          database == null ? null : new Reader(database.toFile(), new CHMCache()),
          countryHeader == null ? null : HeaderNames.create(countryHeader));
    } catch (IOException e) {
      throw new UncheckedIOException("security.geo_database cannot be read: " + database, e);
    }
  }

  /** Whether anything is known of any address. */
  public boolean isConfigured() {
    return file != null || header != null;
  }

  /** From where a request comes; the header counts only where a trusted proxy speaks to us. */
  Location of(ServerRequest request) {
    Exchange exchange = Exchange.current();
    Location location = of(exchange.clientIp());
    if (header == null || !exchange.isFromTrustedProxy()) {
      return location;
    }
    Optional<String> country =
        request
            .headers()
            .first(header)
            .filter(it -> COUNTRY.matcher(it).matches() && !NO_COUNTRY.matcher(it).matches());
    if (country.isEmpty() || country.get().equals(location.country())) {
      return location;
    }
    return Location.country(country.get());
  }

  /** Where an address is. */
  Location of(String address) {
    Reader reader = file;
    if (reader == null) {
      return Location.UNKNOWN;
    }
    try {
      Map<?, ?> found = reader.get(InetAddress.ofLiteral(address), Map.class);
      return found == null ? Location.UNKNOWN : location(found);
    } catch (IOException | IllegalArgumentException e) {
      return Location.UNKNOWN; // no address, or not one of the file's family
    }
  }

  private static Location location(Map<?, ?> found) {
    Map<?, ?> where = map(found.get("location"));
    String country = text(map(found.get("country")).get("iso_code"));
    return new Location(
        country == null || !COUNTRY.matcher(country).matches() ? null : country,
        text(map(map(found.get("city")).get("names")).get("en")),
        number(where.get("latitude"), 90),
        number(where.get("longitude"), 180));
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  private static @Nullable String text(@Nullable Object value) {
    return value instanceof String text ? text : null;
  }

  private static @Nullable Double number(@Nullable Object value, double most) {
    return value instanceof Double number && Math.abs(number) <= most ? number : null;
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
