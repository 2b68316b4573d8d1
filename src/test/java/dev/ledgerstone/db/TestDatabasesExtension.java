package dev.ledgerstone.db;

import dev.ledgerstone.db.TestDatabases.Scope;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.junit.jupiter.api.extension.TestInstancePreDestroyCallback;

/**
 * Ends the databases of {@link TestDatabases} with the test instance, or the class, that made them.
 * JUnit finds it by META-INF/services.
 */
public final class TestDatabasesExtension
    implements BeforeAllCallback,
        AfterAllCallback,
        TestInstancePreConstructCallback,
        TestInstancePostProcessor,
        TestInstancePreDestroyCallback {
  private static final Namespace NAMESPACE = Namespace.create(TestDatabasesExtension.class);

  private final Map<Object, Scope> byInstance =
      Collections.synchronizedMap(new IdentityHashMap<>());

  /** The scope of the instance that is being constructed. */
  private @Nullable Scope constructing;

  @Override
  public void beforeAll(ExtensionContext context) throws ClassNotFoundException {
    context.getStore(NAMESPACE).put(context.getUniqueId(), TestDatabases.open());
    // Now, or a static field's database would count as the first test's.
    Class<?> test = context.getRequiredTestClass();
    Class.forName(test.getName(), true, test.getClassLoader());
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Scope scope = context.getStore(NAMESPACE).remove(context.getUniqueId(), Scope.class);
    if (scope != null) {
      scope.close();
    }
  }

  @Override
  public void preConstructTestInstance(
      TestInstanceFactoryContext factory, ExtensionContext context) {
    constructing = TestDatabases.open();
  }

  @Override
  public void postProcessTestInstance(Object instance, ExtensionContext context) {
    byInstance.put(instance, Objects.requireNonNull(constructing));
  }

  @Override
  public void preDestroyTestInstance(ExtensionContext context) {
    TestInstancePreDestroyCallback.preDestroyTestInstances(
        context,
        instance -> {
          Scope scope = byInstance.remove(instance);
          if (scope != null) {
            scope.close();
          }
        });
  }
}
