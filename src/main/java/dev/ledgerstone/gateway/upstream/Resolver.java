package dev.ledgerstone.gateway.upstream;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Looks host names up, on platform threads: the look-up is a native call that would hold a virtual
 * thread's carrier for as long as a name server is silent, and there are few carriers.
 */
final class Resolver implements AutoCloseable {
  private static final int THREADS = 8;
  private static final Pattern LITERAL = Pattern.compile("\\[.*]|[0-9.]+");

  /** The look-up itself. */
  interface Lookup {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  private final Lookup system;
  private final ExecutorService executor;

  Resolver(Lookup system) {
    this.system = system;
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("upstream-dns-", 0).factory());
    pool.allowCoreThreadTimeOut(true);
    executor = pool;
  }

  /** All addresses of a host, in the order that the system prefers. */
  InetAddress[] resolve(String host, Duration timeout, Exchange exchange) throws IOException {
    if (LITERAL.matcher(host).matches()) {
      return new InetAddress[] {InetAddress.getByName(host)};
    }
    Future<InetAddress[]> lookup = executor.submit(() -> system.addresses(host));
    exchange.hold(() -> lookup.cancel(true));
    try {
      return lookup.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw new UnknownHostException("the host name is not known");
    } catch (TimeoutException e) {
      throw new IOException("the host name was not resolved in time", e);
    } catch (CancellationException e) {
      throw new IOException("cancelled", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    } finally {
      lookup.cancel(true);
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
