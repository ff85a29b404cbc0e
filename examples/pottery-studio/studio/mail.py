import smtplib
from email.message import EmailMessage

from studio.config import settings


def send_mail(to: str, subject: str, text: str) -> None:
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = to
    message["Subject"] = subject
    message.set_content(text)
    with smtplib.SMTP(settings.smtp_host) as smtp:
        smtp.send_message(message)
