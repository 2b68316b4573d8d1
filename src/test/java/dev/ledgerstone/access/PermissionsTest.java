package dev.ledgerstone.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PermissionsTest {
  @Test
  void everyPermissionIsInTheDocs() throws Exception {
    String docs = Files.readString(Path.of("docs/permissions.md"));
    List<String> missing = new ArrayList<>();
    int count = 0;
    for (Field field : Permissions.class.getFields()) {
      count++;
      if (!docs.contains("| `" + field.get(null) + "` |")) {
        missing.add(field.getName());
      }
    }
    assertThat(missing).isEmpty();
    assertThat(count).isGreaterThan(10);
  }
}
