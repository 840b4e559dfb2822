"""What every request passes on its way in and out: request ids, health answers, the content security policy."""
