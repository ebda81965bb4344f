"""The bus between services: one interface, in-process or over RabbitMQ."""
