"""Every figure shows up under its name and labels."""

from chassis import metrics


class TestRender:
    def test_shows_what_was_observed(self) -> None:
        metrics.observe_http(method="GET", route="/s/<number>", status=200, seconds=0.01)
        metrics.observe_http(method="BREW", route="-", status=405, seconds=0.01)
        metrics.observe_rpc(side="server", service="shop", method="buy", outcome="ok", seconds=0.01)
        metrics.observe_delivery(service="shop", handler="on_buy", outcome="done", seconds=0.01)
        metrics.observe_transaction(service="shop", outcome="committed", seconds=0.01)
        metrics.count_sent(service="shop", messages=3)
        metrics.set_outbox(service="shop", depth=2, age_seconds=1.5)
        metrics.set_refused(service="shop", messages=1)
        metrics.set_inbox(service="shop", handler="on_buy", state="DEAD", messages=1)
        metrics.set_dead_letters(service="shop", messages=1)
        metrics.set_breaker(service="shop", target="bank", is_open=True)
        metrics.set_hub_lag(0.002)

        text = metrics.render().decode()

        for line in (
            'qibiao_http_request_seconds_count{method="OTHER",route="-",status="405"}',
            'qibiao_rpc_seconds_count{method="buy",outcome="ok",service="shop",side="server"} 1.0',
            'qibiao_delivery_seconds_count{handler="on_buy",outcome="done",service="shop"} 1.0',
            'qibiao_transaction_seconds_count{outcome="committed",service="shop"} 1.0',
            'qibiao_outbox_sent_total{service="shop"} 3.0',
            'qibiao_outbox_depth{service="shop"} 2.0',
            'qibiao_outbox_age_seconds{service="shop"} 1.5',
            'qibiao_outbox_refused{service="shop"} 1.0',
            'qibiao_inbox{handler="on_buy",service="shop",state="DEAD"} 1.0',
            'qibiao_dead_letters{service="shop"} 1.0',
            'qibiao_breaker_open{service="shop",target="bank"} 1.0',
            "qibiao_hub_lag_seconds 0.002",
        ):
            assert line in text
