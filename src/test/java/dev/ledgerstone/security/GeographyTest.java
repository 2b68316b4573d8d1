package dev.ledgerstone.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.access.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeographyTest {
  @TempDir Path folder;

  @Test
  void addressesAreWhereTheFileSays() throws IOException {
    Path file = folder.resolve("city.mmdb");
    new MmdbFile()
        .put(
            "81.2.69.0/24",
            Map.of(
                "country", Map.of("iso_code", "GB"),
                "city", Map.of("names", Map.of("en", "London")),
                "location", Map.of("latitude", 51.5142, "longitude", -0.0931)))
        .put("2a02:d500::/29", Map.of("country", Map.of("iso_code", "SE")))
        .put("89.160.20.112/28", Map.of("country", Map.of("iso_code", "not a code")))
        .write(file);
    try (Geography geography = Geography.of(file, null)) {
      assertThat(geography.isConfigured()).isTrue();
      assertThat(geography.of("81.2.69.142"))
          .isEqualTo(new Location("GB", "London", 51.5142, -0.0931));
      assertThat(geography.of("2a02:d500::1")).isEqualTo(Location.country("SE"));
      assertThat(geography.of("81.2.70.1")).isEqualTo(Location.UNKNOWN);
      assertThat(geography.of("89.160.20.113")).isEqualTo(Location.UNKNOWN);
      assertThat(geography.of("not an address")).isEqualTo(Location.UNKNOWN);
    }
  }

  @Test
  void withoutAFileNothingIsKnown() throws IOException {
    try (Geography geography = Geography.of(null, null)) {
      assertThat(geography.isConfigured()).isFalse();
      assertThat(geography.of("81.2.69.142")).isEqualTo(Location.UNKNOWN);
    }
  }

  @Test
  void aFileOfAnotherFormatIsToldAtTheStart() throws IOException {
    Path file = folder.resolve("city.mmdb");
    Files.writeString(file, "country,code");
    assertThatThrownBy(() -> Geography.of(file, null))
        .hasMessageContaining("security.geo_database");
  }

  @Test
  void neighboursShareANetwork() {
    assertThat(Network.of("203.0.113.77")).isEqualTo("203.0.113.0/24");
    assertThat(Network.of("2001:db8:1:2::3")).isEqualTo(Network.of("2001:db8:1:ffff::"));
    assertThat(Network.of("2001:db8:1:2::3")).endsWith("/48");
    assertThat(Network.of("unknown")).isEqualTo("unknown");
  }
}
