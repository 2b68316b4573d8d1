package dev.ledgerstone.http;

import io.helidon.http.Headers;
import io.helidon.http.encoding.ContentDecoder;
import io.helidon.http.encoding.ContentEncoder;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.encoding.ContentEncodingContextConfig;

/**
 * Hands every body on as it was sent: {@link Bodies} inflates, because the limit is on what comes
 * out.
 */
final class RawEncodings implements ContentEncodingContext {
  @Override
  public boolean contentEncodingEnabled() {
    return false;
  }

  @Override
  public boolean contentDecodingEnabled() {
    return true;
  }

  @Override
  public boolean contentEncodingSupported(String id) {
    return false;
  }

  @Override
  public boolean contentDecodingSupported(String id) {
    return true;
  }

  @Override
  public ContentEncoder encoder(String id) {
    return ContentEncoder.NO_OP;
  }

  @Override
  public ContentDecoder decoder(String id) {
    return ContentDecoder.NO_OP;
  }

  @Override
  public ContentEncoder encoder(Headers headers) {
    return ContentEncoder.NO_OP;
  }

  @Override
  public ContentEncodingContextConfig prototype() {
    return ContentEncodingContextConfig.builder()
        .contentEncodingsDiscoverServices(false)
        .buildPrototype();
  }
}
